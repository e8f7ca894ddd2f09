import { PassThrough, type Readable } from "node:stream";
import { FieldsealError } from "@fieldseal/sdk";

/** What the live stream tells of. */
export type LiveEvent = {
  readonly event: "reading" | "checkpoint" | "skipped";
  /** JSON object of the event. */
  readonly data: Readonly<Record<string, unknown>>;
};

export type LiveFilter = (event: LiveEvent) => boolean;

export type LiveHubOptions = {
  /** Streams open at once. */
  readonly maxClients: number;
  /** Bytes kept for a client that reads slowly; past them events are dropped and counted. */
  readonly maxBufferedBytes: number;
};

type Client = { readonly stream: PassThrough; readonly wants: LiveFilter; dropped: number };

const frame = (event: string, data: unknown) =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * Fans events out to Server-Sent-Events clients (WHATWG HTML 9.2). A client that reads too slowly
 * loses events and is told how many (`event: dropped`); it never holds up the others.
 */
export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #clients = new Set<Client>();

  constructor(options: LiveHubOptions) {
    this.#options = options;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** @throws BUSY when too many streams are open */
  subscribe(wants: LiveFilter): Readable {
    if (this.#clients.size >= this.#options.maxClients) {
      throw new FieldsealError("BUSY", "Too many live streams are open; try again later.");
    }
    const client: Client = { stream: new PassThrough(), wants, dropped: 0 };
    this.#clients.add(client);
    client.stream.once("close", () => this.#clients.delete(client));
    client.stream.write(": open\n\n");
    return client.stream;
  }

  publish(event: LiveEvent): void {
    let text: string | undefined;
    for (const client of this.#clients) {
      if (!client.wants(event)) continue;
      text ??= frame(event.event, event.data);
      this.#send(client, text);
    }
  }

  /** Keeps idle connections open through proxies. */
  heartbeat(): void {
    for (const client of this.#clients) {
      if (client.stream.writableLength === 0) client.stream.write(": \n\n");
    }
  }

  /** Ends every stream. */
  close(): void {
    for (const client of this.#clients) client.stream.end();
    this.#clients.clear();
  }

  #send(client: Client, text: string): void {
    const buffered = client.stream.writableLength + client.stream.readableLength;
    if (buffered > this.#options.maxBufferedBytes) {
      client.dropped += 1;
      return;
    }
    if (client.dropped > 0) {
      client.stream.write(frame("dropped", { events: client.dropped }));
      client.dropped = 0;
    }
    client.stream.write(text);
  }
}
