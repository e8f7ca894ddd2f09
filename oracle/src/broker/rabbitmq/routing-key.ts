/**
 * The topic that RabbitMQ's MQTT plugin made a routing key of: it writes `.` for `/`. A level with a dot in it would
 * become two, and `*` and `#` are its wildcards; so only keys of plain levels have a topic.
 * @returns undefined for a key that does not name one topic
 */
export function topicOfRoutingKey(key: string): string | undefined {
  return /^[\w:~-]+(\.[\w:~-]+)*$/.test(key) ? key.replaceAll(".", "/") : undefined;
}

/** Whether topics under the prefix survive the way through routing keys unchanged. */
export function isRoutablePrefix(prefix: string): boolean {
  return topicOfRoutingKey(prefix.replaceAll("/", ".")) === prefix;
}
