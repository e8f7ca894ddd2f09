import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { temporaryFolder } from "../support/service.ts";

const rules = fileURLToPath(new URL("../../deploy/prometheus/alerts.yml", import.meta.url));

type Series = Readonly<Record<string, string>>;
/** Series by name and labels, a value a minute as promtool writes them, and when the rule is asked. */
type Case = { readonly fires: Series; readonly quiet: Series; readonly at?: string };

const check = (name: string): Case => ({
  fires: { [`fieldseal_check_ok{check="${name}"}`]: "1x4 0x60" },
  quiet: { [`fieldseal_check_ok{check="${name}"}`]: "1x9 0 1x60" },
  at: "30m",
});
const gatewayCheck = (name: string): Case => ({
  fires: { [`fieldseal_gateway_check_ok{check="${name}"}`]: "1x4 0x60" },
  quiet: { [`fieldseal_gateway_check_ok{check="${name}"}`]: "1x9 0 1x60" },
  at: "30m",
});
const bucket = (le: string) => `fieldseal_ingest_duration_seconds_bucket{le="${le}"}`;

const cases: Readonly<Record<string, Case>> = {
  FieldsealDown: {
    fires: { 'up{job="fieldseal"}': "0x30" },
    quiet: { 'up{job="fieldseal"}': "1x10 0 1x20" },
  },
  FieldsealRestarts: {
    fires: { fieldseal_process_start_time_seconds: "1 1 2 2 3 3 4 4 5x30" },
    quiet: { fieldseal_process_start_time_seconds: "1x10 2x30" },
  },
  FieldsealStoreFailing: check("store"),
  FieldsealStoreErrors: {
    fires: { fieldseal_store_errors_total: "0x25 3x10" },
    quiet: { fieldseal_store_errors_total: "3x60" },
    at: "28m",
  },
  FieldsealDiskLow: {
    fires: { fieldseal_store_free_bytes: "100000000000-100000000x300" },
    quiet: {
      fieldseal_store_free_bytes: "100000000000-1000x300",
      'fieldseal_check_ok{check="disk"}': "1x300",
    },
    at: "290m",
  },
  FieldsealBrokerDown: check("broker"),
  FieldsealNoLeader: {
    fires: { 'fieldseal_leader_up{job="fieldseal"}': "1x4 0x60" },
    quiet: { 'fieldseal_leader_up{job="fieldseal"}': "1x9 0 1x60" },
    at: "30m",
  },
  FieldsealElectionOut: check("election"),
  FieldsealChainOutOfSight: check("chain"),
  FieldsealRpcEndpointDown: {
    fires: { 'fieldseal_rpc_endpoint_up{endpoint="1"}': "0x60" },
    quiet: {
      'fieldseal_rpc_endpoint_up{endpoint="1"}': "1x20 0x5 1x60",
      'fieldseal_rpc_endpoint_behind{endpoint="1"}': "0x60",
    },
    at: "40m",
  },
  FieldsealSealingOverdue: check("sealing"),
  FieldsealTransactionStuck: {
    fires: { fieldseal_stuck_transactions: "1x60" },
    quiet: { fieldseal_stuck_transactions: "0x20 1x10 0x60" },
    at: "45m",
  },
  FieldsealBalanceLow: {
    fires: { fieldseal_operator_balance_seconds: "86400x60" },
    quiet: {
      fieldseal_operator_balance_seconds: "864000x60",
      'fieldseal_check_ok{check="balance"}': "1x60",
    },
    at: "40m",
  },
  FieldsealRefusals: {
    fires: { 'fieldseal_messages_refused_total{code="DEVICE_UNKNOWN"}': "0+600x60" },
    quiet: {
      'fieldseal_messages_refused_total{code="DEVICE_UNKNOWN"}': "0+60x60",
      'fieldseal_messages_stored_total{source="mqtt"}': "0+6000x60",
    },
    at: "50m",
  },
  FieldsealIngestSlow: {
    fires: { [bucket("0.5")]: "0+90x60", [bucket("1")]: "0+100x60", [bucket("+Inf")]: "0+100x60" },
    quiet: { [bucket("0.5")]: "0+100x60", [bucket("1")]: "0+100x60", [bucket("+Inf")]: "0+100x60" },
    at: "40m",
  },
  FieldsealEventLoopLate: {
    fires: { fieldseal_nodejs_eventloop_lag_p99_seconds: "0.8x60" },
    quiet: { fieldseal_nodejs_eventloop_lag_p99_seconds: "0.02x30 0.8x5 0.02x60" },
    at: "40m",
  },
  FieldsealMemory: {
    fires: { fieldseal_process_resident_memory_bytes: "900000000x60" },
    quiet: { fieldseal_process_resident_memory_bytes: "300000000x60" },
    at: "40m",
  },
  FieldsealErrors: {
    fires: { 'fieldseal_log_lines_total{level="error"}': "0+20x60" },
    quiet: { 'fieldseal_log_lines_total{level="warn"}': "0+20x60" },
    at: "40m",
  },
  FieldsealGatewayDown: {
    fires: { 'up{job="fieldseal-gateway"}': "0x30" },
    quiet: { 'up{job="fieldseal-gateway"}': "1x10 0 1x20" },
  },
  FieldsealGatewayTakesNothing: gatewayCheck("rawStore"),
  FieldsealGatewayWaits: gatewayCheck("oracle"),
  FieldsealGatewayLosesMessages: {
    fires: { 'fieldseal_gateway_dropped_messages_total{what="newest"}': "0x25 3x10" },
    quiet: { 'fieldseal_gateway_dropped_messages_total{what="newest"}': "3x60" },
    at: "28m",
  },
  FieldsealGatewayRefused: {
    fires: { 'fieldseal_gateway_oracle_refusals_total{code="DEVICE_UNKNOWN"}': "0x20 10x30" },
    quiet: { 'fieldseal_gateway_oracle_refusals_total{code="DEVICE_UNKNOWN"}': "0x20 2x30" },
    at: "30m",
  },
};

function promtool(...args: string[]): string {
  return execFileSync("promtool", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

type Rule = { alert: string; expr: string; labels: object; annotations: Record<string, string> };

/** One unit test of promtool's. */
function unitTest(rule: Rule, series: Series, at: string, fires: boolean) {
  const name = (text: string) =>
    text.includes("{") ? text.replace("{", '{instance="a",') : `${text}{instance="a"}`;
  const labels = Object.keys(series)[0]?.match(/\{(.*)\}/)?.[1] ?? "";
  const kept = /_bucket|refused/.test(Object.keys(series)[0] ?? "") ? "" : labels;
  const own = [...kept.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
  const annotations = Object.entries(rule.annotations).map(([key, text]) => [
    key,
    text.replace("{{ $labels.instance }}", "a"),
  ]);
  const instance = rule.expr.includes(" by (job) ") ? {} : { instance: "a" };
  const alert = {
    exp_labels: { ...rule.labels, ...instance, ...Object.fromEntries(own) },
    exp_annotations: Object.fromEntries(annotations),
  };
  return {
    interval: "1m",
    input_series: Object.entries(series).map(([key, values]) => ({ series: name(key), values })),
    alert_rule_test: [{ eval_time: at, alertname: rule.alert, exp_alerts: fires ? [alert] : [] }],
  };
}

describe("the alert rules", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  after(() => folder.remove());
  const { groups } = parse(readFileSync(rules, "utf8")) as { groups: { rules: Rule[] }[] };
  const all = groups.flatMap((group) => group.rules);

  it("are valid to Prometheus", () => {
    expect(promtool("check", "rules", rules)).to.contain("SUCCESS");
  });

  it("have a case each", () => {
    expect(Object.keys(cases).sort()).to.deep.equal(all.map(({ alert }) => alert).sort());
  });

  for (const rule of all) {
    it(`${rule.alert} fires when it should, and only then`, () => {
      const { fires, quiet, at = "20m" } = cases[rule.alert] ?? { fires: {}, quiet: {} };
      const tests = [unitTest(rule, fires, at, true), unitTest(rule, quiet, at, false)];
      const file = join(folder.path, `${rule.alert}.yml`);
      writeFileSync(file, stringify({ rule_files: [rules], evaluation_interval: "1m", tests }));
      expect(promtool("test", "rules", file)).to.contain("SUCCESS");
    });
  }
});
