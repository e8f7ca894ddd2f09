import { expect } from "chai";
import { fixtures, previewOf, readingsOf } from "./fixture.ts";

const in2023 = Date.parse("2023-05-28T18:04:30Z");

describe("what a gateway makes of Tasmota's telemetry", () => {
  const fixture = fixtures("tasmota");
  const berlin = 'time: { zone: "Europe/Berlin", behindSeconds: 31536000 }';
  const { of } = previewOf("formats: { tasmota: {} }", in2023, berlin);

  it("takes nested sensors with the units that Tasmota implies or names", () => {
    const result = of(fixture("SCD40"));
    expect(result.outcome).to.equal("relayed");
    expect(result.origin).to.equal("tasmota/tasmota");
    expect(readingsOf(result)).to.deep.equal([
      // Shortened from the front to what fits a metric beside mark and unit.
      "39eb.CarbonDioxide/ppm=618",
      "SCD40.eCO2/ppm=623",
      "SCD40.Temperature/Cel=23.8",
      "SCD40.Humidity/%RH=61.1",
      "SCD40.DewPoint/Cel=15.8",
    ]);
  });

  it("reads its local time in the zone of the settings", () => {
    const { time, timeBy } = of(fixture("SCD40"));
    expect([time, timeBy]).to.deep.equal(["2023-05-28T18:04:27.000Z", "source"]);
  });

  it("takes the time of arrival for local time without a zone, and says so", () => {
    const { time, timeBy } = previewOf("formats: { tasmota: {} }", in2023).of(fixture("SCD40"));
    expect([time, timeBy]).to.deep.equal(["2023-05-28T18:04:30.000Z", "arrival: zone"]);
  });

  it("tells several sensors of one kind apart, each under a metric that fits", () => {
    const names = readingsOf(of(fixture("several DS18B20"))).map((one) => one.split("=")[0] ?? "");
    expect(new Set(names).size).to.equal(2);
    expect(names.every((name) => name.endsWith("Temperature/Cel"))).to.equal(true);
  });

  it("gives them the names that the operator wants", () => {
    const names = 'formats: { tasmota: { names: { "DS18B20-1.Temperature": outside } } }';
    const result = previewOf(names, in2023).of(fixture("several DS18B20"));
    expect(readingsOf(result)[0]).to.equal("outside/Cel=19.5");
  });

  it("keeps an energy meter's digits as they are written", () => {
    const readings = readingsOf(of(fixture("ENERGY")));
    expect(readings).to.include("ENERGY.Total/kWh=0.006");
    expect(readings).to.include("ENERGY.Current/A=0.000");
    expect(readings.some((one) => one.startsWith("ENERGY.Voltage/V=121"))).to.equal(true);
  });

  it("numbers the members of lists", () => {
    expect(readingsOf(of(fixture("ArtNet"))).at(-1)).to.match(/\.5=8029$/);
  });

  it("takes switches as truth values and Epoch before local time", () => {
    expect(readingsOf(of(fixture("Switch1")))).to.deep.equal(["Switch1=true"]);
    const late = previewOf("formats: { tasmota: {} }", 1_567_595_330_000).of(fixture("Epoch"));
    expect(late).to.include({ time: "2019-09-04T11:08:48.000Z", timeBy: "source" });
    expect(readingsOf(late)).to.deep.equal(["ANALOG.A0=8"]);
  });

  it("takes of a device's state what concerns the field, and no names of networks", () => {
    const readings = readingsOf(of(fixture("STATE")));
    expect(readings).to.deep.equal(["UptimeSec/s=14", "Wifi.RSSI/%=100"]);
  });

  it("takes the last will for a reading", () => {
    expect(readingsOf(of(fixture("LWT")))).to.deep.equal(["online=false"]);
  });

  it("refuses what is no JSON", () => {
    expect(of(fixture("broken")).reason).to.match(/^RELAY_JSON/);
  });
});

describe("what a gateway makes of Zigbee2MQTT's messages", () => {
  const fixture = fixtures("zigbee2mqtt");
  const fresh = () => previewOf("formats: { zigbee2mqtt: {} }", in2023);
  const taught = () => {
    const gateway = fresh();
    expect(gateway.of(fixture("devices"), { retained: true }).outcome).to.equal("learnt");
    return gateway;
  };

  it("takes units from what the device exposes, under friendly names with slashes", () => {
    const result = taught().of(fixture("climate"));
    expect(result.origin).to.equal("zigbee2mqtt/kitchen/floor_light");
    expect(readingsOf(result)).to.deep.equal(["temperature/Cel=27.34", "humidity/%RH=44.72"]);
  });

  it("knows what means on", () => {
    const readings = readingsOf(taught().of(fixture("bulb")));
    expect(readings).to.deep.equal(["state=true", "brightness=215", "color_temp=325"]);
  });

  it("takes texts for texts, also of devices that Zigbee2MQTT does not support", () => {
    expect(readingsOf(taught().of(fixture("button")))).to.deep.equal(['action="single"']);
  });

  it("relays nothing of names that the bridge has not introduced", () => {
    expect(fresh().of(fixture("climate")).reason).to.match(/^RELAY_UNKNOWN/);
    const group = { topic: "zigbee2mqtt/my_group", payload: '{"state":"ON"}' };
    expect(taught().of(group).reason).to.match(/^RELAY_UNKNOWN/);
  });

  it("leaves the bridge's own messages and commands alone", () => {
    expect(taught().of(fixture("set")).outcome).to.equal("ignored");
    expect(taught().of(fixture("logging")).outcome).to.equal("ignored");
  });

  it("reads last_seen in each of its forms", () => {
    const topic = "zigbee2mqtt/my_sensor";
    for (const seen of [
      in2023 - 1000,
      '"2023-05-28T18:04:29.000Z"',
      '"2023-05-28T20:04:29+02:00"',
    ]) {
      const { time, timeBy } = taught().of({
        topic,
        payload: `{"battery":90,"last_seen":${seen}}`,
      });
      expect([time, timeBy], String(seen)).to.deep.equal(["2023-05-28T18:04:29.000Z", "source"]);
    }
    const none = taught().of({ topic, payload: '{"battery":90}' });
    expect(none.timeBy).to.equal("arrival: none");
  });

  it("takes availability in its old and its new form", () => {
    const topic = "zigbee2mqtt/my_sensor/availability";
    for (const payload of ["offline", '{"state":"offline"}']) {
      expect(readingsOf(taught().of({ topic, payload }))).to.deep.equal(["online=false"]);
    }
  });
});

describe("what a gateway makes of ChirpStack's uplinks", () => {
  const up = fixtures("chirpstack")("up");
  const nowMs = Date.parse("2022-07-18T09:34:16Z");
  const { of } = previewOf("formats: { chirpstack: { units: { temperature: Cel } } }", nowMs);
  const changed = (change: (event: Record<string, unknown>) => void) => {
    const event = JSON.parse(up.payload);
    change(event);
    return of({ topic: up.topic, payload: JSON.stringify(event) });
  };

  it("relays the device's own bytes beside what a decoder made of them", () => {
    const result = changed((event) => {
      event.object = { temperature: 21.5, door: { open: false } };
      event.fCnt = 7;
    });
    expect(result).to.include({ origin: "chirpstack/0101010101010101", timeBy: "source" });
    expect(readingsOf(result)).to.deep.equal([
      "temperature/Cel=21.5",
      "door.open=false",
      "data=0xaa",
      "fCnt=7",
      "fPort=1",
    ]);
  });

  it("takes the documentation's event, whose time has nanoseconds", () => {
    expect(of(up).time).to.equal("2022-07-18T09:34:15.775Z");
  });

  it("refuses an event whose topic names another device", () => {
    const topic = up.topic.replace("0101010101010101", "0202020202020202");
    expect(of({ topic, payload: up.payload }).reason).to.match(/^RELAY_SHAPE/);
  });

  it("refuses data that is no payload in base64", () => {
    for (const data of ["q", "****", "A".repeat(400)]) {
      expect(changed((event) => (event.data = data)).reason, data).to.match(/^RELAY_SHAPE/);
    }
  });
});

describe("what a gateway makes of Home Assistant's discovery", () => {
  const fixture = fixtures("homeassistant");
  const fresh = (more = "") => previewOf(`formats: { homeassistant: {}${more} }`, in2023);

  it("learns from retained announcements where states are, and listens there", () => {
    const gateway = fresh();
    expect(gateway.of(fixture("temperature"), { retained: true }).outcome).to.equal("learnt");
    gateway.of(fixture("device"), { retained: true });
    expect(gateway.topics).to.deep.equal([
      "homeassistant/sensor/sensorBedroom/state",
      "foobar/sensors/bla2/state",
    ]);
  });

  it("evaluates templates that pick a value", () => {
    const gateway = fresh();
    gateway.of(fixture("temperature"), { retained: true });
    const result = gateway.of(fixture("state"));
    expect(readingsOf(result)).to.deep.equal(["Temperature/Cel=23.20"]);
    expect(result.origin).to.equal("homeassistant/sensorBedroomT");
  });

  it("takes binary sensors by the payloads of their announcement", () => {
    const gateway = fresh();
    gateway.of(fixture("motion"));
    const topic = "homeassistant/binary_sensor/garden/state";
    expect(readingsOf(gateway.of({ topic, payload: "ON" }))).to.deep.equal(["garden=true"]);
    const other = gateway.of({ topic, payload: "maybe" });
    expect(other.reason).to.match(/^RELAY_EMPTY/);
    expect(other.skipped?.[0]?.code).to.equal("RELAY_SHAPE");
  });

  it("reports templates that do more, and guesses nothing", () => {
    for (const template of [
      "{{ value_json.a * 2 }}",
      "{{ 'on' if value_json.a else 'off' }}",
      "{% if value %}1{% endif %}",
      "{{ value_json.a | default(0) }}",
      "{{ states('sensor.x') }}",
      "{{ value_json.__class__() }}",
    ]) {
      const config = { name: "x", state_topic: "t", value_template: template };
      const topic = "homeassistant/sensor/x/config";
      const result = fresh().of({ topic, payload: JSON.stringify(config) });
      expect(result.skipped?.[0]?.code, template).to.equal("RELAY_TEMPLATE");
    }
  });

  it("understands abbreviations, base topics and harmless filters", () => {
    const gateway = fresh();
    const config = {
      "~": "garden/pump",
      name: "pressure",
      stat_t: "~/state",
      unit_of_meas: "hPa",
      val_tpl: "{{ value_json['p'][0].v | float(0) | round(1) }}",
      dev: { ids: ["pump-1"] },
    };
    gateway.of({ topic: "homeassistant/sensor/node/p/config", payload: JSON.stringify(config) });
    const result = gateway.of({ topic: "garden/pump/state", payload: '{"p":[{"v":"1013.25"}]}' });
    expect(readingsOf(result)).to.deep.equal(["pressure/hPa=1013.25"]);
    expect(result.origin).to.equal("homeassistant/pump-1");
  });

  it("leaves to other formats what is theirs, and does not relay the oracle's own announcements", () => {
    const both = fresh(", tasmota: {}");
    const config = { name: "x", stat_t: "tele/attic/SENSOR", o: { name: "Tasmota" } };
    both.of({ topic: "homeassistant/sensor/x/config", payload: JSON.stringify(config) });
    const own = { name: "x", stat_t: "sealed/x", o: { name: "Fieldseal" } };
    both.of({ topic: "homeassistant/sensor/y/config", payload: JSON.stringify(own) });
    expect(both.topics).to.deep.equal([]);
  });

  it("refuses state topics with wildcards, as an announcement could ask for everything", () => {
    for (const stat_t of ["#", "a/+", "$SYS/broker/uptime"]) {
      const payload = JSON.stringify({ name: "x", stat_t });
      const gateway = fresh();
      gateway.of({ topic: "homeassistant/sensor/x/config", payload });
      expect(gateway.topics, stat_t).to.deep.equal([]);
    }
  });
});

describe("what a gateway makes of mapped topics", () => {
  const mapping = `
formats:
  mapping:
    - topic: plant/+/+/level
      origin: "{1}.{2}"
      payload: text
      readings: [{ name: level, unit: mm, scale: 0.1 }]
    - topic: meter/#
      origin: meter
      time: at
      id: n
      readings:
        - { name: energy, unit: kWh, path: "e['total']", scale: "0.001" }
        - { name: valve, path: valve, type: boolean, on: open }
        - { name: note, path: note, type: text }`;
  const { of } = previewOf(mapping, in2023);

  it("takes plain numbers as people write them, scaled without an error", () => {
    const topic = "plant/north/7/level";
    const cases = [
      ["12.3", "1.23"],
      [" +007 ", "0.7"],
      [".5", "0.05"],
      ["-1e3", "-1e2"],
      ["1E-3", "0.0001"],
    ];
    for (const [payload = "", value] of cases) {
      const result = of({ topic, payload });
      expect(readingsOf(result)[0]?.replace("level/mm=", ""), payload).to.equal(value);
      expect(result.origin).to.equal("mapping/north.7");
    }
  });

  it("refuses what is no number", () => {
    for (const payload of ["NaN", "Infinity", "0x10", "1,5", "", "12 mm", "1".repeat(200)]) {
      expect(of({ topic: "plant/a/b/level", payload }).outcome, payload).to.equal("refused");
    }
  });

  it("takes values from where the path leads, with the message's time and name", () => {
    const payload = `{"at":${in2023 / 1000 - 5},"n":17,"e":{"total":1234.5},"valve":"open","note":"ok"}`;
    const result = of({ topic: "meter/a", payload });
    expect(readingsOf(result)).to.deep.equal(["energy/kWh=1.2345", "valve=true", 'note="ok"']);
    expect(result).to.include({ time: "2023-05-28T18:04:25.000Z", timeBy: "source" });
  });
});
