// node units.mjs: what the charts compute, without a browser.
import assert from "node:assert/strict";
import { load } from "./load.mjs";

const { nearest, smoothed } = await load("charts/series.ts");
const { logTicks } = await load("charts/ticks.ts");
const { domainOf } = await load("charts/domain.ts");
const { number, short, count, fixed, ordinal } = await load("format.ts");
const close = (found, expected) => {
    assert.equal(found.length, expected.length);
    found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-12, `${i}: ${value}, not ${expected[i]}`));
};

// Weights of one half, a quarter ... of what lies one, two ... half-lives back, divided by their sum.
close(smoothed({ x: [10, 20, 30], y: [1, 2, 4] }, 10).y, [1, (0.5 + 2) / 1.5, (0.25 + 1 + 4) / 1.75]);
close(smoothed({ x: [10, 40], y: [1, 2] }, 10).y, [1, (1 / 8 + 2) / (1 + 1 / 8)]); // a gap of three half-lives
close(smoothed({ x: [1, 2, 3, 9], y: [5, 5, 5, 5] }, 100).y, [5, 5, 5, 5]);
assert.deepEqual(smoothed({ x: [1, 2], y: [3, 4] }, 0).y, [3, 4]);
assert.deepEqual(smoothed({ x: [], y: [] }, 5).y, []);

const series = { x: [0, 10, 30], y: [1, 1, 1] };
assert.deepEqual([-5, 0, 4, 6, 19, 21, 99].map((at) => nearest(series, at)), [0, 0, 0, 1, 1, 2, 2]);
assert.equal(nearest({ x: [7], y: [1] }, 0), 0);
assert.equal(nearest({ x: [], y: [] }, 0), -1);

assert.deepEqual(logTicks([0.04, 1.3]), [0.05, 0.1, 0.2, 0.5, 1]);
assert.deepEqual(logTicks([0.66, 0.91]), [0.7, 0.75, 0.8, 0.85, 0.9]);
assert.deepEqual(logTicks([3, 3]), [3]);
assert.ok(logTicks([1e-9, 1e9]).length <= 6);

assert.deepEqual([0.26341, -1.5, 0, 1234.5, 0.00002, 12345678, 26.117].map(number), ["0.2634", "−1.5", "0", "1,235", "2.00e−5", "1.23e+7", "26.12"]);
assert.deepEqual([0, 500, 1000, 1500, 24000, 2500000].map(short), ["0", "500", "1k", "1.5k", "24k", "2.5M"]);
assert.equal(count(12500), "12,500");

// Ties go to the even digit; all others to the nearest (tests/reports/rounding_test.cpp has thousands).
assert.deepEqual([[0.125, 2], [0.375, 2], [2.5, 0], [2.5e-5, 5], [-0.001, 2], [-1.5, 0], [1.0005e9, 4]].map(([x, d]) => fixed(x, d)),
    ["0.12", "0.38", "2", "0.00003", "0.00", "−2", "1.000e+09"]);
assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 101, 111].map(ordinal), ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th"]);

// Equal numbers have no extent of their own: an axis over them still has one.
assert.deepEqual(domainOf([3, 1, 2]), { domain: [1, 3], nice: true });
assert.deepEqual([[0, 0], [0.5], [-2, -2]].map((all) => domainOf(all).domain), [[0, 1], [0, 1], [-4, 0]]);
