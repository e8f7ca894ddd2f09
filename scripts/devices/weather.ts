import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Reading } from "@fieldseal/sdk";
import type { ReadingSource } from "./reading-source.ts";

/** One line of a data set by column name, as text: values are sealed digit for digit. */
export type WeatherRow = Readonly<Record<string, string>>;

/** A data set of vega-datasets; both are NOAA's, works of the United States government. */
export type WeatherDataset = "seattle-weather-hourly-normals" | "seattle-weather";

/** Reads a data set from the installed package `vega-datasets`. */
export function readWeather(dataset: WeatherDataset): WeatherRow[] {
  const entry = import.meta.resolve("vega-datasets");
  const path = fileURLToPath(new URL(`../data/${dataset}.csv`, entry));
  return parseRows(readFileSync(path, "utf8"));
}

/** Takes a CSV without quotes apart; the first line names the columns. */
export function parseRows(csv: string): WeatherRow[] {
  const [head = "", ...lines] = csv.split(/\r?\n/);
  const columns = head.split(",");
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split(",");
      return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""]));
    });
}

/**
 * Replays hourly normals 1981 – 2010: temperature in °C, pressure in hPa (RFC 8798), wind in m/s.
 * It begins at the month, day and hour (UTC) of the first call and goes on by an hour a call. Times
 * are the replay's; the data's own date is the text record `data-date`.
 */
export function hourlyNormals(rows: readonly WeatherRow[]): ReadingSource {
  return replay(rows, 13, (row, timeMs) => [
    ...number("temperature", "Cel", row.temperature, timeMs),
    ...number("pressure", "hPa", row.pressure, timeMs),
    ...number("wind", "m/s", row.wind, timeMs),
    ...text("data-date", row.date, timeMs),
  ]);
}

/**
 * Replays daily observations 2012 – 2015, a day a call, from the month and day of the first call:
 * precipitation in mm (RFC 8798), highest and lowest temperature in °C, mean wind in m/s (the
 * package's description says km/h; NOAA's AWND, where it comes from, is metres a second), and the
 * weather in a word.
 */
export function dailyWeather(rows: readonly WeatherRow[]): ReadingSource {
  return replay(rows, 10, (row, timeMs) => [
    ...number("precipitation", "mm", row.precipitation, timeMs),
    ...number("temperature-max", "Cel", row.temp_max, timeMs),
    ...number("temperature-min", "Cel", row.temp_min, timeMs),
    ...number("wind", "m/s", row.wind, timeMs),
    ...text("weather", row.weather, timeMs),
    ...text("data-date", row.date, timeMs),
  ]);
}

/** @param dateLength how much of a date, from its month on, must fit the first call's */
function replay(
  rows: readonly WeatherRow[],
  dateLength: number,
  read: (row: WeatherRow, timeMs: number) => Reading[],
): ReadingSource {
  let index: number | undefined;
  return {
    next(nowMs) {
      index = index === undefined ? startIndex(rows, nowMs, dateLength) : (index + 1) % rows.length;
      const row = rows[index];
      return row === undefined ? [] : read(row, nowMs);
    },
  };
}

function startIndex(rows: readonly WeatherRow[], nowMs: number, dateLength: number): number {
  const wanted = new Date(nowMs).toISOString().slice(5, dateLength);
  const found = rows.findIndex(({ date = "" }) => date.slice(5, dateLength) === wanted);
  return Math.max(found, 0);
}

function number(name: string, unit: string, value: string | undefined, timeMs: number): Reading[] {
  return value === undefined || value === "" ? [] : [{ name, unit, value, timeMs }];
}

function text(name: string, value: string | undefined, timeMs: number): Reading[] {
  return value === undefined || value === "" ? [] : [{ name, text: value, timeMs }];
}
