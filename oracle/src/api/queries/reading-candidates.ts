import type { DeviceId } from "@fieldseal/sdk";
import { deviceBlob } from "../../store/blobs.ts";
import type { Database } from "../../store/schema.ts";

export type ReadingFilter = {
  readonly device?: DeviceId | undefined;
  readonly metric?: string | undefined;
  /** First and last millisecond since 1970, both included. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
};

/** A message's place in the order of a list: by time for one device, by id for all. */
export type MessagePlace = {
  readonly id: number;
  readonly lastMs: number;
  readonly firstMs: number;
};

export type Candidates = {
  readonly messages: readonly MessagePlace[];
  /** Where the next call goes on; undefined at the end of the list. */
  readonly end: MessagePlace | undefined;
};

const chunkSize = 200;

/** Entries of the time index that one call may step over while it looks for messages before `toMs`. */
const windowSize = 50_000;

const places = ["id", "last_time_ms as lastMs", "first_time_ms as firstMs"] as const;

async function ofAllDevices(db: Database, after: MessagePlace | undefined): Promise<Candidates> {
  let query = db.selectFrom("messages").select(places).orderBy("id", "desc").limit(chunkSize);
  if (after !== undefined) query = query.where("id", "<", after.id);
  const messages = await query.execute();
  return { messages, end: messages.length < chunkSize ? undefined : messages.at(-1) };
}

function ofDevice(
  db: Database,
  device: DeviceId,
  fromMs: number | undefined,
  after: MessagePlace | undefined,
) {
  let query = db
    .selectFrom("messages")
    .select(places)
    .where("device", "=", deviceBlob(device))
    .orderBy("last_time_ms", "desc")
    .orderBy("first_time_ms", "desc")
    .orderBy("id", "desc");
  if (fromMs !== undefined) query = query.where("last_time_ms", ">=", fromMs);
  if (after === undefined) return query;
  const { id, lastMs, firstMs } = after;
  return query.where(({ eb, refTuple, tuple }) =>
    eb(refTuple("last_time_ms", "first_time_ms", "id"), "<", tuple(lastMs, firstMs, id)),
  );
}

async function inWindow(
  db: Database,
  device: DeviceId,
  filter: ReadingFilter,
  after: MessagePlace | undefined,
): Promise<Candidates> {
  const window = filter.toMs === undefined ? chunkSize : windowSize;
  const ordered = ofDevice(db, device, filter.fromMs, after);
  const messages = await db
    .selectFrom(ordered.limit(window).as("window"))
    .selectAll()
    .$if(filter.toMs !== undefined, (query) => query.where("firstMs", "<=", Number(filter.toMs)))
    .orderBy("lastMs", "desc")
    .orderBy("firstMs", "desc")
    .orderBy("id", "desc")
    .limit(chunkSize)
    .execute();
  if (messages.length === chunkSize) return { messages, end: messages.at(-1) };
  const end = await ordered
    .limit(1)
    .offset(window - 1)
    .executeTakeFirst();
  return { messages, end };
}

/**
 * The next messages that may hold readings of a filter, at most 200. Costs a bounded number of index
 * entries however large the store is, so it may come back with fewer and an `end` to go on from.
 */
export function readingCandidates(
  db: Database,
  filter: ReadingFilter,
  after: MessagePlace | undefined,
): Promise<Candidates> {
  const { device } = filter;
  return device === undefined ? ofAllDevices(db, after) : inWindow(db, device, filter, after);
}
