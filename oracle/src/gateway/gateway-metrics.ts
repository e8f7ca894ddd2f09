import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { version } from "../internal/version.ts";

/** Every metric of a gateway; no label takes what a source can choose. */
export function createGatewayMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "fieldseal_gateway_" });
  new Gauge({
    name: "fieldseal_gateway_build_info",
    help: "Always 1; version of the gateway and of Node",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.version }, 1);
  return {
    registry,
    checkOk: new Gauge({
      name: "fieldseal_gateway_check_ok",
      help: "1 if a check of /readyz is well, else 0",
      labelNames: ["check"],
      registers,
    }),
    logLines: new Counter({
      name: "fieldseal_gateway_log_lines_total",
      help: "Log lines, repeated ones included, by level",
      labelNames: ["level"],
      registers,
    }),
    received: new Counter({
      name: "fieldseal_gateway_received_total",
      help: "Messages that the source's broker delivered, by format",
      labelNames: ["format"],
      registers,
    }),
    relayed: new Counter({
      name: "fieldseal_gateway_relayed_messages_total",
      help: "Signed messages put into the outbox, by format",
      labelNames: ["format"],
      registers,
    }),
    readings: new Counter({
      name: "fieldseal_gateway_relayed_readings_total",
      help: "Readings relayed, by format",
      labelNames: ["format"],
      registers,
    }),
    refused: new Counter({
      name: "fieldseal_gateway_refused_total",
      help: "Messages of the source that were not relayed, by error code",
      labelNames: ["code"],
      registers,
    }),
    skipped: new Counter({
      name: "fieldseal_gateway_skipped_values_total",
      help: "Values of relayed messages that were left out, by error code",
      labelNames: ["code"],
      registers,
    }),
    arrivalTimes: new Counter({
      name: "fieldseal_gateway_arrival_times_total",
      help: "Messages that got the time of arrival since the source's was not believed, by reason",
      labelNames: ["reason"],
      registers,
    }),
    dropped: new Counter({
      name: "fieldseal_gateway_dropped_messages_total",
      help: "Signed messages lost to a full outbox, by what gave way",
      labelNames: ["what"],
      registers,
    }),
    settled: new Counter({
      name: "fieldseal_gateway_settled_messages_total",
      help: "Signed messages that the oracle has stored",
      registers,
    }),
    oracleRefusals: new Counter({
      name: "fieldseal_gateway_oracle_refusals_total",
      help: "Refusals by the oracle, by error code",
      labelNames: ["code"],
      registers,
    }),
    outboxMessages: new Gauge({
      name: "fieldseal_gateway_outbox_messages",
      help: "Signed messages without a receipt",
      registers,
    }),
    outboxLimit: new Gauge({
      name: "fieldseal_gateway_outbox_limit_messages",
      help: "Signed messages that the outbox holds at most",
      registers,
    }),
    rawBytes: new Gauge({
      name: "fieldseal_gateway_raw_bytes",
      help: "Bytes of the sources' messages that are kept",
      registers,
    }),
    origins: new Gauge({
      name: "fieldseal_gateway_origins",
      help: "Origins that have an alias",
      registers,
    }),
    sourceConnected: new Gauge({
      name: "fieldseal_gateway_source_up",
      help: "1 while the source's broker is connected",
      registers,
    }),
    oracleConnected: new Gauge({
      name: "fieldseal_gateway_oracle_up",
      help: "1 while the oracle's broker is connected",
      registers,
    }),
  };
}

export type GatewayMetrics = ReturnType<typeof createGatewayMetrics>;
