import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database } from "../../store/schema.ts";
import { readingView } from "../views.ts";
import { type OpenedReading, openReadings } from "./open-readings.ts";
import { type MessagePlace, type ReadingFilter, readingCandidates } from "./reading-candidates.ts";

/** The last reading of a page: the next one begins after it. Record 0 ends its message. */
export type ReadingPlace = MessagePlace & { readonly record: number };

/** Messages whose readings are looked at for one page: what a metric that nobody sends may cost. */
const scanLimit = 4000;

/** A reading with what names its message. */
type Row = OpenedReading & {
  readonly checkpoint_index: number | null;
  readonly state: string | null;
};

/** Where messages are sealed. */
async function placesOf(db: Database, ids: readonly number[]) {
  const rows = await db
    .selectFrom("places")
    .innerJoin("checkpoints", "checkpoints.idx", "places.checkpoint_index")
    .select(["message_id", "checkpoint_index", "state"])
    .where("message_id", "in", ids)
    .execute();
  return new Map(rows.map(({ message_id, ...place }) => [message_id, place]));
}

/** Readings of some messages, the last of each message first. */
async function readingsOf(
  db: Database,
  ids: readonly number[],
  metric: string | undefined,
): Promise<Row[]> {
  const opened = await openReadings(db, ids);
  const wanted = opened.filter((reading) => metric === undefined || reading.metric === metric);
  const places = wanted.length === 0 ? new Map() : await placesOf(db, ids);
  const unsealed = { checkpoint_index: null, state: null };
  return wanted.map((row) => ({ ...row, ...(places.get(row.message_id) ?? unsealed) })).reverse();
}

function view(row: Row) {
  const sealed = row.state === "sealed" || row.state === "final";
  const checkpoint = sealed && row.checkpoint_index !== null ? String(row.checkpoint_index) : null;
  return { ...readingView(row), checkpoint };
}

/** A reading as the API shows it. */
export type ReadingView = ReturnType<typeof view>;

function inTime({ fromMs, toMs }: ReadingFilter, row: Row): boolean {
  const time = row.time_ms === 0 ? row.received_at_ms : row.time_ms;
  return (fromMs === undefined || time >= fromMs) && (toMs === undefined || time <= toMs);
}

async function matching(db: Database, filter: ReadingFilter, messages: readonly MessagePlace[]) {
  if (messages.length === 0) return [];
  const ids = messages.map(({ id }) => id);
  const rows = (await readingsOf(db, ids, filter.metric)).filter((row) => inTime(filter, row));
  const byMessage = Map.groupBy(rows, (row) => row.message_id);
  return messages.flatMap((message) =>
    (byMessage.get(message.id) ?? []).map((row) => ({ message, row })),
  );
}

/** What is left of the message in which the page before ended. */
async function restOf(db: Database, filter: ReadingFilter, { record, ...message }: ReadingPlace) {
  const found = await matching(db, filter, [message]);
  return found.filter(({ row }) => row.record < record);
}

/**
 * One page of readings: of one device by the time of its messages, newest first; of all devices in
 * the order of arrival, newest first. A bounded number of messages is looked at, so a page may be
 * short, or empty, while `next` says where to go on.
 */
export async function listReadings(
  db: Database,
  filter: ReadingFilter,
  limit: number,
  after?: ReadingPlace,
): Promise<{ items: ReadingView[]; next: ReadingPlace | undefined }> {
  const found = after === undefined ? [] : await restOf(db, filter, after);
  let place: MessagePlace | undefined = after;
  for (let examined = 0; ; ) {
    if (found.length > limit) break;
    const { messages, end } = await readingCandidates(db, filter, place);
    found.push(...(await matching(db, filter, messages)));
    examined += messages.length;
    place = end;
    if (end === undefined || examined >= scanLimit) break;
    await nextTurn();
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length > limit && last !== undefined) {
    const next = { ...last.message, record: last.row.record };
    return { items: items.map(({ row }) => view(row)), next };
  }
  const next = place === undefined ? undefined : { ...place, record: 0 };
  return { items: items.map(({ row }) => view(row)), next };
}
