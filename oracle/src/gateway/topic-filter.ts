/**
 * What a topic has where the filter has wildcards (MQTT 3.1.1 section 4.7), which take no topic that begins with `$`.
 * @returns undefined if it is none of the filter's topics
 */
export function wildcardsOf(filter: string, topic: string): string[] | undefined {
  if (topic.startsWith("$") && !filter.startsWith("$")) return undefined;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  const found: string[] = [];
  for (const [index, level] of wanted.entries()) {
    if (level === "#") {
      found.push(levels.slice(index).join("/"));
      return found;
    }
    const here = levels[index];
    if (here === undefined) return undefined;
    if (level === "+") found.push(here);
    else if (level !== here) return undefined;
  }
  return levels.length === wanted.length ? found : undefined;
}

/** Whether a filter is one: wildcards fill whole levels, `#` is the last. */
export function isFilter(filter: string): boolean {
  if (filter === "" || filter.length > 1024 || filter.includes("\0")) return false;
  const levels = filter.split("/");
  return levels.every((level, index) => {
    if (level === "#") return index === levels.length - 1;
    return level === "+" || !/[#+]/.test(level);
  });
}
