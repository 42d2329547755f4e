/** What makes a publisher, by the setting that names its client. Of the two clients only the one that is used is loaded. */
export const publisherFactory = {
  kafkajs: async () => (await import('@waybill/kafka')).createKafkaPublisher,
  platformatic: async () =>
    (await import('@waybill/kafka/platformatic/publisher')).createPlatformaticPublisher,
};
