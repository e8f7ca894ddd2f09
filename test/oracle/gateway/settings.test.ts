import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parseValueTemplate } from "../../../oracle/src/gateway/formats/value-template.ts";
import {
  gatewaySchema,
  readGatewaySettings,
} from "../../../oracle/src/gateway/gateway-settings.ts";
import { relayedName } from "../../../oracle/src/gateway/origin-name.ts";
import { judgeTime, parseSourceTime } from "../../../oracle/src/gateway/source-time.ts";

const least = 'source: { url: "mqtt://broker" }\nformats: { tasmota: {} }';

function refusal(text: string): string {
  try {
    readGatewaySettings(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

describe("a gateway's settings", () => {
  it("need a broker and a format, and have defaults for the rest", () => {
    const settings = readGatewaySettings(least);
    expect(settings.limits.whenFull).to.equal("hold");
    expect(settings.http.port).to.equal(8421);
    expect(refusal('source: { url: "mqtt://broker" }\nformats: {}')).to.match(/names no format/);
  });

  it("name an unknown key, wherever it is", () => {
    expect(refusal(`${least}\nspeed: 3`)).to.match(/^speed: no such setting/);
    expect(refusal(`${least}\nlimits: { originRates: 3 }`)).to.match(
      /^limits\.originRates: no such/,
    );
    const nested = "formats: { zigbee2mqtt: { prefix: x } }";
    expect(refusal(`source: { url: "mqtt://b" }\n${nested}`)).to.match(/zigbee2mqtt\.prefix/);
  });

  it("name the line of what is no YAML, and a key that comes twice", () => {
    expect(refusal(`${least}\nlimits: {`)).to.match(/line/);
    expect(refusal(`${least}\nsource: { url: "mqtt://other" }`)).to.match(/unique/);
  });

  it("refuse values out of range, no topics, no zones, aliases given twice", () => {
    expect(refusal(`${least}\nlimits: { originRate: 0 }`)).to.match(/^limits\.originRate/);
    expect(refusal(`${least}\ntime: { zone: Mars/Olympus }`)).to.match(/^time\.zone/);
    const bad = 'source: { url: "mqtt://b" }\nformats: { tasmota: { topics: ["a/#/b"] } }';
    expect(refusal(bad)).to.match(/^formats\.tasmota\.topics\.0/);
    expect(refusal(`${least}\naliases: { tasmota/a: x, tasmota/b: x }`)).to.match(/same alias/);
    expect(refusal('source: { url: "http://b" }\nformats: { tasmota: {} }')).to.match(
      /^source\.url/,
    );
  });

  it("refuse rules and topics by which nothing would ever be read", () => {
    const source = 'source: { url: "mqtt://b" }';
    const rule = (text: string) => refusal(`${source}\nformats: { mapping: [{ ${text} }] }`);
    const value = "readings: [{ name: v }]";
    expect(rule(`topic: plant/meter, ${value}`)).to.match(
      /^formats\.mapping\.0\.origin: \{1\} stands for nothing: plant\/meter has no wildcard/,
    );
    expect(rule(`topic: a/+, origin: "x{2}", ${value}`)).to.match(/a\/\+ has 1 wildcard\./);
    expect(rule(`topic: a/+, origin: "{0}", ${value}`)).to.match(/stands for nothing/);
    expect(rule(`topic: a/meter, origin: meter, ${value}`)).to.equal("");
    expect(rule(`topic: a/+/b/#, origin: "{2}", ${value}`)).to.equal("");
    const text = "topic: a/+, payload: text";
    expect(rule(`${text}, readings: [{ name: v, path: e.total }]`)).to.match(/e\.total is a path/);
    expect(rule(`${text}, time: at, ${value}`)).to.match(/at is a path/);
    expect(rule(`${text}, id: n, ${value}`)).to.match(/n is a path/);
    const one = "topic: a/+, readings:";
    expect(rule(`${one} [{ name: v, on: open }]`)).to.match(/v: on is for type: boolean/);
    expect(rule(`${one} [{ name: v, type: text, scale: 2 }]`)).to.match(
      /scale is for type: number/,
    );
    expect(rule(`${one} [{ name: v, unit: abcdefghijkl }]`)).to.equal("");
    const format = (text: string) => refusal(`${source}\nformats: { ${text} }`);
    expect(format('tasmota: { topics: ["tele/+/SENSOR"] }')).to.match(/must have two \+/);
    expect(format('tasmota: { topics: ["tele/#"] }')).to.match(/must have two \+/);
    expect(format('tasmota: { topics: ["+/tele/+"] }')).to.equal("");
    expect(format('chirpstack: { topic: "application/#" }')).to.match(/a \+ for the device/);
    expect(format('chirpstack: { topic: "us/application/+/device/+/event/up" }')).to.equal("");
  });

  it("do not grow without bound by YAML's aliases", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (const [to, from] of ["ba", "cb", "dc", "ed", "fe", "gf"]) {
      bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(",")}]`);
    }
    expect(() => readGatewaySettings(bomb.join("\n"))).to.throw();
  });

  it("are all in the documentation", () => {
    const page = readFileSync(new URL("../../../docs/gateway.md", import.meta.url), "utf8");
    const names = new Set<string>();
    const walk = (schema: unknown): void => {
      if (typeof schema !== "object" || schema === null) return;
      if ("properties" in schema && typeof schema.properties === "object") {
        for (const [name, inner] of Object.entries(schema.properties ?? {})) {
          names.add(name);
          walk(inner);
        }
      }
      if ("items" in schema) walk(schema.items);
    };
    walk(gatewaySchema.toJSONSchema({ io: "input" }));
    const missing = [...names].filter((name) => !page.includes(name));
    expect(missing).to.deep.equal([]);
    expect(names.size).to.be.greaterThan(40);
  });
});

describe("the time of a relayed reading", () => {
  const nowMs = Date.parse("2026-07-01T12:00:00Z");
  const policy = { zone: "Europe/Berlin", aheadMs: 60_000, behindMs: 86_400_000 };
  const judge = (text: string, at = nowMs) => {
    const { ms, by } = judgeTime(parseSourceTime(text), at, policy);
    return [new Date(ms).toISOString(), by];
  };

  it("is the source's where its clock can be believed", () => {
    expect(judge("2026-07-01T13:59:30")).to.deep.equal(["2026-07-01T11:59:30.000Z", "source"]);
    expect(judge("2026-07-01T11:59:30Z")).to.deep.equal(["2026-07-01T11:59:30.000Z", "source"]);
  });

  it("is the time of arrival for a clock in another zone, one ahead, one too old, or one that tells no date", () => {
    const now = "2026-07-01T12:00:00.000Z";
    expect(judge("2026-07-01T11:59:30")).to.deep.equal([now, "arrival: zone"]);
    expect(judge("2026-07-01T12:05:00Z")).to.deep.equal([now, "arrival: ahead"]);
    expect(judge("2026-06-01T12:05:00Z")).to.deep.equal([now, "arrival: behind"]);
    for (const text of [
      "1970-13-45T00:00:00",
      "2026-02-30T00:00:00Z",
      "yesterday",
      "",
      "2026-07-01T25:00:00",
    ]) {
      expect(judge(text), text).to.deep.equal([now, "arrival: none"]);
    }
  });

  it("is the nearer of two where summer time ends", () => {
    const first = Date.parse("2026-10-25T00:30:05Z");
    expect(judge("2026-10-25T02:30:00", first)[0]).to.equal("2026-10-25T00:30:00.000Z");
    const second = Date.parse("2026-10-25T01:30:05Z");
    expect(judge("2026-10-25T02:30:00", second)[0]).to.equal("2026-10-25T01:30:00.000Z");
  });
});

describe("the metric of a relayed reading", () => {
  it("always fits 31 bytes and is another for another name", () => {
    const names = [
      "a",
      "ENERGY.TotalStartTime",
      "x".repeat(200),
      "DS18B20-1.Temperature",
      "DS18B20-2.Temperature",
      "über °C",
      "a.b.c.d.e.f.g.h.i.j.k.l.m.n",
    ];
    const seen = new Set<string>();
    for (const name of names) {
      for (const unit of [undefined, "Cel", "ug/m3"]) {
        const made = relayedName("abcdef", name, unit);
        expect(made).to.match(/^r:abcdef:[A-Za-z0-9\-:._]+$/);
        expect(`${made}${unit === undefined ? "" : `/${unit}`}`.length).to.be.at.most(31);
        seen.add(`${made}/${unit}`);
      }
    }
    expect(seen.size).to.equal(names.length * 3);
  });

  it("is refused when alias and unit leave no room", () => {
    expect(relayedName("abcdefghijkl", "x", "0123456789ab")).to.equal(undefined);
  });
});

describe("a value template", () => {
  it("costs no more than its length, whatever an announcement holds", () => {
    const hostile = `{{ value_json.a ${"|   ".repeat(100)}`;
    expect(parseValueTemplate(hostile)).to.equal(undefined);
    expect(parseValueTemplate(`{{ value ${" ".repeat(450)}x`)).to.equal(undefined);
    expect(parseValueTemplate("x".repeat(100_000))).to.equal(undefined);
  });
});
