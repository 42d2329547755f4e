import { type TSchema, Type } from 'typebox';

/**
 * Turns a variable's text into the kind of value that its schema asks for. Text that is no number or boolean stays
 * text, so that the schema check says what was expected. Stricter than typebox's own conversion, which takes
 * '0x10' for 16 and '1' for true.
 */
export function parseVariable(property: TSchema, text: string): unknown {
  if (Type.IsInteger(property)) return /^-?\d+$/.test(text) ? Number(text) : text;
  if (Type.IsNumber(property)) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (Type.IsBoolean(property)) return parseBoolean(text);
  if (Type.IsArray(property)) {
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => parseVariable(property.items, part));
  }
  return text;
}

function parseBoolean(text: string): unknown {
  if (text === 'true') return true;
  return text === 'false' ? false : text;
}
