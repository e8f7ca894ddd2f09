import { q, type Row } from "./dashboard-parts.ts";

const here = '{instance=~"$gateway"}';
const rate = (metric: string) => `rate(${metric}${here}[$__rate_interval])`;
const by = (label: string, metric: string) => `sum by (${label}) (${rate(metric)})`;

/** Gateways, which are processes of their own. */
export const gatewayRow: Row = {
  title: "Gateways",
  panels: [
    {
      title: "Gateway: checks of /readyz",
      what: "1 is well; source, rawStore and outboxRoom at 0: nothing is taken.",
      unit: "short",
      queries: [
        q(`fieldseal_gateway_check_ok${here}`, "{{check}}"),
        q(`fieldseal_gateway_source_up${here}`, "source's broker"),
        q(`fieldseal_gateway_oracle_up${here}`, "oracle's broker"),
      ],
    },
    {
      title: "Gateway: messages of the source",
      what: "Delivered by the source's broker, by format; not relayed, by code.",
      unit: "mps",
      queries: [
        q(by("format", "fieldseal_gateway_received_total"), "received {{format}}"),
        q(by("code", "fieldseal_gateway_refused_total"), "{{code}}"),
      ],
    },
    {
      title: "Gateway: relayed",
      what: "Signed messages and their readings, and what the oracle has stored of them.",
      unit: "short",
      queries: [
        q(by("format", "fieldseal_gateway_relayed_messages_total"), "messages {{format}}"),
        q(by("format", "fieldseal_gateway_relayed_readings_total"), "readings {{format}}"),
        q(rate("fieldseal_gateway_settled_messages_total"), "stored"),
      ],
    },
    {
      title: "Gateway: outbox",
      what: "Messages that wait for the oracle, and how many may.",
      unit: "short",
      queries: [
        q(`fieldseal_gateway_outbox_messages${here}`, "waiting"),
        q(`fieldseal_gateway_outbox_limit_messages${here}`, "limit"),
      ],
    },
    {
      title: "Gateway: lost, left out, not believed",
      what: "Messages given up for want of room; values left out; clocks of sources; refusals by the oracle.",
      unit: "short",
      queries: [
        q(by("what", "fieldseal_gateway_dropped_messages_total"), "dropped {{what}}"),
        q(by("code", "fieldseal_gateway_skipped_values_total"), "left out {{code}}"),
        q(by("reason", "fieldseal_gateway_arrival_times_total"), "{{reason}}"),
        q(by("code", "fieldseal_gateway_oracle_refusals_total"), "oracle: {{code}}"),
      ],
    },
    {
      title: "Gateway: kept",
      what: "Raw messages for auditors.",
      unit: "bytes",
      queries: [q(`fieldseal_gateway_raw_bytes${here}`, "{{instance}}")],
    },
    {
      title: "Gateway: origins",
      what: "Devices behind it that have spoken.",
      unit: "short",
      queries: [q(`fieldseal_gateway_origins${here}`, "{{instance}}")],
    },
    {
      title: "Gateway: errors and warnings",
      what: "Log lines, repeated ones included.",
      unit: "short",
      queries: [q(by("level", "fieldseal_gateway_log_lines_total"), "{{level}}")],
    },
    {
      title: "Gateway: version",
      what: "What runs.",
      unit: "short",
      kind: "stat",
      queries: [q(`fieldseal_gateway_build_info${here}`, "{{version}}, Node {{node}}")],
    },
  ],
};
