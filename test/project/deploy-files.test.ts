import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { createGatewayMetrics } from "../../oracle/src/gateway/gateway-metrics.ts";
import { createMetrics } from "../../oracle/src/internal/metrics.ts";

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Every series that the service and a gateway export, with the suffixes of histograms. */
async function series(): Promise<ReadonlySet<string>> {
  const registries = [createMetrics().registry, createGatewayMetrics().registry];
  const metrics = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
  return new Set(
    metrics
      .flat()
      .flatMap(({ name, type }) =>
        String(type) === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
  );
}

const named = (expression: string) => expression.match(/fieldseal_[a-z0-9_]+/g) ?? [];

type Place = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
type Target = {
  readonly datasource: { type: string };
  readonly expr: string;
  readonly refId: string;
};
type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Place;
  readonly targets?: readonly Target[];
};
/** What Grafana's import reads of a dashboard's JSON model. */
type Model = {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; type: string }[] };
  readonly time: { readonly from: string; readonly to: string };
};

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
};

function rules(): readonly Rule[] {
  const { groups } = parse(text("deploy/prometheus/alerts.yml")) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((one) => one.rules);
}

describe("the dashboard for Grafana", () => {
  const model: Model = JSON.parse(text("deploy/grafana/fieldseal.json"));
  const expressions = model.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it("has what Grafana's import reads", () => {
    expect(model.uid).to.match(/^[a-zA-Z0-9_-]{1,40}$/);
    expect(model.title).to.equal("Fieldseal");
    expect(model.schemaVersion).to.be.at.least(36);
    expect(model.templating.list.map(({ name }) => name)).to.include("datasource");
    expect(model.time).to.have.all.keys("from", "to");
    for (const { type, title, gridPos, targets = [] } of model.panels) {
      expect(["row", "timeseries", "stat"]).to.include(type);
      expect(title).not.to.equal("");
      expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
      expect(new Set(targets.map(({ refId }) => refId)).size).to.equal(targets.length);
      for (const { datasource } of targets) expect(datasource.type).to.equal("prometheus");
    }
  });

  it("has panels that do not overlap, each with a number of its own", () => {
    const cells = model.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}:${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).to.equal(cells.length);
    expect(new Set(model.panels.map(({ id }) => id)).size).to.equal(model.panels.length);
  });

  it("asks for nothing that the service does not export", async () => {
    const known = await series();
    expect(expressions.length).to.be.greaterThan(20);
    for (const expression of expressions) {
      for (const name of named(expression)) expect(known.has(name), name).to.equal(true);
    }
  });

  it("shows every metric of the service's own", async () => {
    const shown = new Set(expressions.flatMap(named));
    const base = (name: string) => name.replace(/_(bucket|sum|count)$/, "");
    const missing = [...(await series())]
      .filter((name) => !/^fieldseal_(gateway_)?(nodejs|process)_/.test(name))
      .filter((name) => ![...shown].some((one) => base(one) === base(name)));
    expect(missing).to.deep.equal([]);
  });
});

describe("the alert rules for Prometheus", () => {
  it("ask for nothing that the service does not export", async () => {
    const known = await series();
    for (const { expr } of rules()) {
      for (const name of named(expr)) expect(known.has(name), name).to.equal(true);
    }
  });

  it("each name a section of docs/operations.md that says what to do", () => {
    const headings = [...text("docs/operations.md").matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    for (const { alert, annotations, labels } of rules()) {
      expect(alert).to.match(/^Fieldseal[A-Z]/);
      expect(["page", "ticket"], alert).to.include(labels.severity);
      const [page, section] = annotations.runbook.split("#");
      expect(page, alert).to.equal("docs/operations.md");
      expect(headings, alert).to.include(section);
      expect(text("docs/operations.md"), alert).to.contain(`\`${alert}\``);
    }
  });

  it("cover every check of /readyz", () => {
    const checks = text("oracle/src/api/readiness-checks.ts").matchAll(/name: "(\w+)"/g);
    const all = rules()
      .map(({ expr }) => expr)
      .join("\n");
    for (const [, check] of checks) expect(all).to.contain(`check="${check}"`);
    const gatewayChecks = text("oracle/src/gateway/start-gateway.ts").matchAll(/name: "(\w+)"/g);
    const named = all.match(/fieldseal_gateway_check_ok\{check=~"[^"]+"/g)?.join() ?? "";
    for (const [, check = ""] of gatewayChecks)
      expect(named).to.match(new RegExp(`\\b${check}\\b`));
  });
});
