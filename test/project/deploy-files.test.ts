import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { z } from "zod";
import { createMetrics } from "../../oracle/src/internal/metrics.ts";

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Every series that the service exports, with the suffixes of histograms. */
async function series(): Promise<ReadonlySet<string>> {
  const metrics = await createMetrics().registry.getMetricsAsJSON();
  return new Set(
    metrics.flatMap(({ name, type }) =>
      String(type) === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

const named = (expression: string) => expression.match(/fieldseal_[a-z0-9_]+/g) ?? [];

const datasource = z.object({ type: z.literal("prometheus"), uid: z.string() });
const panel = z.object({
  id: z.number().int().positive(),
  type: z.enum(["row", "timeseries", "stat"]),
  title: z.string().min(1),
  gridPos: z.object({
    x: z.number().int().min(0).max(23),
    y: z.number().int().min(0),
    w: z.number().int().min(1).max(24),
    h: z.number().int().min(1),
  }),
  targets: z
    .array(z.object({ datasource, expr: z.string().min(1), refId: z.string().length(1) }))
    .optional(),
});
/** What Grafana's import reads of a dashboard's JSON model. */
const dashboardModel = z.object({
  uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
  title: z.string().min(1),
  schemaVersion: z.number().int().min(36),
  panels: z.array(panel).min(1),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  time: z.object({ from: z.string(), to: z.string() }),
});

const rulesModel = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string().regex(/^Fieldseal[A-Z]/),
          expr: z.string(),
          for: z.string(),
          labels: z.object({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.object({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

const rules = () =>
  rulesModel.parse(parse(text("deploy/prometheus/alerts.yml"))).groups.flatMap((one) => one.rules);

describe("the dashboard for Grafana", () => {
  const model = dashboardModel.parse(JSON.parse(text("deploy/grafana/fieldseal.json")));
  const expressions = model.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

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
      .filter((name) => !/^fieldseal_(nodejs|process)_/.test(name))
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
    for (const { alert, annotations } of rules()) {
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
  });
});
