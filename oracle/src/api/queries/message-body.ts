import type { Database } from "../../store/schema.ts";

/** What a message said and how it was signed. */
export type MessageBodyRow = {
  /** As received. */
  readonly raw: Uint8Array;
  /** 64 bytes r ‖ s, low-s. */
  readonly signature: Uint8Array;
};

/** The body of a message, undefined once it was pruned. */
export function messageBody(db: Database, id: number): Promise<MessageBodyRow | undefined> {
  return db
    .selectFrom("message_bodies")
    .select(["raw", "signature"])
    .where("message_id", "=", id)
    .executeTakeFirst();
}
