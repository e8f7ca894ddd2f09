import { expect } from "chai";
import { createGatewayMetrics } from "../../../oracle/src/gateway/gateway-metrics.ts";
import { createMetrics } from "../../../oracle/src/internal/metrics.ts";

const units = [
  "seconds",
  "bytes",
  "ether",
  "messages",
  "readings",
  "block",
  "blocks",
  "connections",
  "sessions",
  "transactions",
  "devices",
  "origins",
  "percent",
  "ratio",
  "ok",
  "up",
  "behind",
  "info",
  "term",
];
const unitAtEnd = new RegExp(`^fieldseal_[a-z0-9_]+_(${units.join("|")}|total)$`);

describe("metrics", () => {
  it("are named by their unit, _total for what only grows, and say what they are", async () => {
    const registries = [createMetrics().registry, createGatewayMetrics().registry];
    const all = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
    for (const { name, help, type } of all.flat()) {
      expect(help, name).to.match(/\S{2,}/);
      // Node's own, as prom-client names them.
      if (/^fieldseal_(gateway_)?(nodejs|process)_/.test(name)) continue;
      expect(name).to.match(unitAtEnd);
      expect(name.endsWith("_total"), name).to.equal(String(type) === "counter");
    }
  });

  it("tell version, event loop, memory and start of the process", async () => {
    const text = await createMetrics().registry.metrics();
    expect(text).to.match(/fieldseal_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.[^"]+"\} 1/);
    for (const name of [
      "fieldseal_nodejs_eventloop_lag_p99_seconds",
      "fieldseal_process_resident_memory_bytes",
      "fieldseal_process_start_time_seconds",
    ]) {
      expect(text).to.contain(name);
    }
  });
});
