import { checkBody, decodeMessage, messageDomain, type Reading, signMessage } from "@fieldseal/sdk";
import { expect } from "chai";
import { type HostFacts, hostSource, networkTotals } from "../../../scripts/devices/host.ts";
import { hostLog } from "../../../scripts/devices/host-log.ts";
import type { ReadingSource } from "../../../scripts/devices/reading-source.ts";
import {
  dailyWeather,
  hourlyNormals,
  parseRows,
  readWeather,
} from "../../../scripts/devices/weather.ts";
import { newDevice } from "../../oracle/broker/fixture.ts";

const nowMs = Date.UTC(2026, 6, 14, 15, 30);
const metrics = (readings: readonly Reading[]) =>
  Object.fromEntries(
    readings.map((one) => [one.name, "value" in one ? one.value : "text" in one ? one.text : null]),
  );

/** Signs what a source says, as its device would, and reads it back as the oracle does. */
async function roundTrip(source: ReadingSource) {
  const readings = source.next(nowMs);
  const { signer, device } = newDevice(2);
  const domain = messageDomain(31337n, "0x00000000000000000000000000000000000000aa");
  const facts = { signer, device, keyIndex: 0, sequence: 1n, domain };
  const { bytes } = await signMessage({ ...facts, readings, salt: new Uint8Array(16) });
  return { bytes, records: checkBody(decodeMessage(bytes)) };
}

describe("the host as a device", () => {
  const facts: HostFacts = {
    load: [0.123456, 1.5, 2],
    memoryTotalBytes: 8_000_000_000,
    memoryFreeBytes: 3_000_000_000,
    uptimeS: 1234.56,
    busyTicks: 100,
    idleTicks: 300,
    netDev: [
      "Inter-|   Receive                                                |  Transmit",
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets",
      "    lo: 111 1 0 0 0 0 0 0 111 1 0 0 0 0 0 0",
      "  eth0: 2000 1 0 0 0 0 0 0 300 1 0 0 0 0 0 0",
      " wlan0:50 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0",
    ].join("\n"),
  };

  it("says load, memory, uptime, processor time and network counters", () => {
    expect(metrics(hostSource(() => facts).next(nowMs))).to.deep.equal({
      load1: "0.12",
      load5: "1.50",
      "memory-used": 5_000_000_000,
      "memory-free": 3_000_000_000,
      uptime: 1234,
      "cpu-busy": "25.0",
      "net-rx": 2050,
      "net-tx": 307,
    });
  });

  it("says processor time since the last call, and nothing of it when no time went by", () => {
    const later = { ...facts, busyTicks: 190, idleTicks: 310 };
    const seen = [facts, later, later];
    const source = hostSource(() => seen.shift() ?? later);
    source.next(nowMs);
    expect(metrics(source.next(nowMs))["cpu-busy"]).to.equal("90.0");
    expect(metrics(source.next(nowMs))).to.not.have.property("cpu-busy");
  });

  it("leaves the network out where the system does not tell", () => {
    const readings = hostSource(() => ({ ...facts, netDev: undefined })).next(nowMs);
    expect(metrics(readings)).to.not.have.any.keys("net-rx", "net-tx");
    expect(networkTotals("")).to.deep.equal({ received: 0, sent: 0 });
  });

  it("of this very machine makes a message that the oracle takes", async () => {
    const { records } = await roundTrip(hostSource());
    expect(records.map(({ metric }) => metric)).to.include.members(["load1", "memory-used/B"]);
    expect(records.every(({ timeMs }) => timeMs === BigInt(nowMs))).to.equal(true);
  });
});

describe("the host's log as readings", () => {
  const clock = { nowMs: () => nowMs };

  it("gives each line once, whatever pieces it was written in, with its time", () => {
    const log = hostLog({ clock });
    log.write("first\nsec");
    log.write("ond\n\nthird");
    expect(log.next(nowMs + 5)).to.deep.equal([
      { name: "log", text: "first", timeMs: nowMs },
      { name: "log", text: "second", timeMs: nowMs },
    ]);
    expect(log.next(nowMs)).to.deep.equal([]);
  });

  it("fits any lines into messages of 8 KiB, and long ones are cut between characters", async () => {
    const log = hostLog({ clock });
    log.write(`${"🌡️ü".repeat(2000)}\n`.repeat(50));
    let lines = 0;
    for (;;) {
      const readings = log.next(nowMs);
      if (readings.length === 0) break;
      lines += readings.length;
      const { bytes, records } = await roundTrip({ next: () => readings });
      expect(bytes.length).to.be.lessThan(8192);
      for (const { text } of records) expect(text).to.match(/^(?:🌡️|ü|🌡)+…$/u);
    }
    expect(lines).to.equal(50);
  });

  it("says how many lines it had to drop", () => {
    const log = hostLog({ clock, maxLines: 2 });
    log.write("a\nb\nc\nd\ne\n");
    expect(metrics(log.next(nowMs))).to.deep.equal({ "log-dropped": 3, log: "e" });
  });
});

describe("a weather station that replays", () => {
  it("hourly normals begins at the present hour of the year and goes on hour by hour", () => {
    const source = hourlyNormals(readWeather("seattle-weather-hourly-normals"));
    const [first, second] = [source.next(nowMs), source.next(nowMs + 1000)].map(metrics);
    expect(first?.["data-date"]).to.equal("2010-07-14T15:00:00");
    expect(second?.["data-date"]).to.equal("2010-07-14T16:00:00");
    expect(Object.keys(first ?? {})).to.deep.equal([
      "temperature",
      "pressure",
      "wind",
      "data-date",
    ]);
  });

  it("daily weather begins at the present day", () => {
    const readings = dailyWeather(readWeather("seattle-weather")).next(nowMs);
    expect(metrics(readings)).to.include({ "data-date": "2012-07-14" });
    expect(readings.map(({ name }) => name)).to.include.members(["precipitation", "weather"]);
  });

  it("any row makes a message that the oracle takes, digit for digit", async () => {
    const hourly = await roundTrip(hourlyNormals(readWeather("seattle-weather-hourly-normals")));
    expect(hourly.records.map(({ metric }) => metric)).to.deep.equal([
      "temperature/Cel",
      "pressure/hPa",
      "wind/m/s",
      "data-date",
    ]);
    const rows = parseRows("date,precipitation,wind\n2012-07-14,10.9,\n");
    const { records } = await roundTrip(dailyWeather(rows));
    expect(records[0]).to.include({
      metric: "precipitation/mm",
      value: 10_900_000_000_000_000_000n,
    });
    expect(records.length).to.equal(2);
  });

  it("begins again after its last row", () => {
    const source = dailyWeather(parseRows("date,wind\n2012-01-01,1\n2012-01-02,2\n"));
    const winds = [1, 2, 3].map(() => metrics(source.next(nowMs)).wind);
    expect(winds).to.deep.equal(["1", "2", "1"]);
  });

  it("has every number of both data sets", () => {
    const hourly = readWeather("seattle-weather-hourly-normals");
    const daily = readWeather("seattle-weather");
    expect([hourly.length, daily.length]).to.deep.equal([8759, 1461]);
    const cells = [...hourly, ...daily].flatMap(({ date: _, weather: __, ...rest }) =>
      Object.values(rest),
    );
    expect(cells.filter((cell) => !/^-?\d+(\.\d+)?$/.test(cell))).to.deep.equal([]);
  });
});
