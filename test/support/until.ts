/**
 * Asks again and again until `probe` answers with anything but undefined, null or false.
 * @param what Completes the sentence "… did not happen"
 * @throws Error after `withinMs`
 */
export async function until<Answer>(
  what: string,
  probe: () => Answer | Promise<Answer>,
  withinMs = 30_000,
): Promise<Exclude<Answer, undefined | null | false>> {
  const endMs = Date.now() + withinMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer as Exclude<Answer, undefined | null | false>;
    }
    if (Date.now() > endMs) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
