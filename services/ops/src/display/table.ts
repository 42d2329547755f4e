import stringWidth from 'string-width';

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  text(row: Row): string;
}

const gap = '  ';

/** Columns without lines, as a terminal's other tools have them; ends in a line break. Empty without rows. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const padded = columns.map((column) => {
    const cells = [column.title, ...rows.map((row) => printable(column.text(row)))].map((cell) => ({
      cell,
      width: stringWidth(cell),
    }));
    const width = cells.reduce((widest, one) => Math.max(widest, one.width), 0);
    return cells.map((one) => {
      const space = ' '.repeat(width - one.width);
      return column.align === 'right' ? space + one.cell : one.cell + space;
    });
  });
  const lines = [undefined, ...rows].map((_, nth) => padded.map((cells) => cells[nth]).join(gap));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Control characters would let what is shown write anywhere on the operator's screen. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
