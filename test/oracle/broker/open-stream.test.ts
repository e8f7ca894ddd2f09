import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createServer } from "node:tls";
import { expect } from "chai";
import { openStream } from "../../../oracle/src/broker/link/open-stream.ts";
import { removeFolders, tempFolder } from "../ingest/fixture.ts";
import { bareBroker } from "./bare-broker.ts";
import { webSocketFront } from "./web-socket-front.ts";

describe("a stream to a broker", () => {
  const ends: (() => unknown)[] = [];
  const opened = async (url: string, signal: AbortSignal, ca?: string): Promise<Duplex> => {
    const stream = await openStream(url, ca === undefined ? {} : { ca }, signal);
    ends.push(() => stream.destroy());
    return stream;
  };
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    removeFolders();
  });

  it("lives on, by TCP and by WebSocket, when the time to open it is over", async () => {
    const broker = await bareBroker();
    ends.push(() => broker.close());
    const front = await webSocketFront(broker.url);
    ends.push(() => front.close());
    for (const url of [broker.url, front.url]) {
      const attempt = new AbortController();
      const stream = await opened(url, attempt.signal);
      attempt.abort();
      await new Promise((resolve) => setImmediate(resolve));
      expect(stream.destroyed, url).to.equal(false);
    }
  });

  it("is opened by WebSocket in time or not at all", async () => {
    const silent = createTcpServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    ends.push(() => silent.close());
    const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const error = await opened(url, AbortSignal.timeout(30)).catch((caught: unknown) => caught);
    expect(error).to.have.property("message", "No WebSocket to the broker.");
  });

  it("names a host by TLS, never an address, and holds the certificate against both", async () => {
    const folder = tempFolder();
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const what = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=broker"];
    const names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
    const files = ["-keyout", key, "-out", cert];
    execFileSync("openssl", ["req", "-x509", "-nodes", ...what, ...names, ...files], {
      stdio: "ignore",
    });
    const named: unknown[] = [];
    const pem = { key: readFileSync(key), cert: readFileSync(cert) };
    let greeted = () => {};
    const both = new Promise<void>((resolve) => {
      greeted = () => named.length === 2 && resolve();
    });
    const server = createServer(pem, (socket) => {
      named.push(socket.servername);
      greeted();
    });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const ca = String(pem.cert);
    const { signal } = new AbortController();
    await opened(`mqtts://127.0.0.1:${port}`, signal, ca);
    await opened(`mqtts://localhost:${port}`, signal, ca);
    await both;
    expect(named).to.eql([false, "localhost"]);
    const stranger = await opened(`mqtts://localhost:${port}`, signal).catch((error) => error);
    expect(stranger).to.have.property("code", "DEPTH_ZERO_SELF_SIGNED_CERT");
  });
});
