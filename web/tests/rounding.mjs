// node rounding.mjs CASES.json: [number, decimals, text] as the program rounds (tests/reports/rounding_test.cpp).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { load } from "./load.mjs";

const { fixed } = await load("format.ts");
const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
assert.ok(cases.length > 1000);
for (const [number, decimals, text] of cases) assert.equal(fixed(number, decimals), text, `${number} with ${decimals} decimals`);
