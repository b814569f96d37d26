// node screenshots.mjs PAGE.html FOLDER [CHROMIUM]: the page at two widths, light and dark, and as print, for somebody to look at.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./browser.mjs";

const kTallest = 16000; // pixels; Chromium draws no taller picture
const [file, folder, chromium = "/usr/bin/chromium"] = process.argv.slice(2);
const browser = await openBrowser(chromium);
try {
    const page = await browser.newPage();
    await page.open(pathToFileURL(resolve(file)).href);
    mkdirSync(folder, { recursive: true });
    for (const width of [1280, 400]) {
        for (const dark of [false, true]) {
            await page.look({ width, dark });
            const height = Math.min(kTallest, await page.evaluate("document.documentElement.scrollHeight"));
            await page.look({ width, height, dark });
            writeFileSync(join(folder, `${width}-${dark ? "dark" : "light"}.png`), await page.screenshot());
        }
    }
    writeFileSync(join(folder, "print.pdf"), await page.printed());
    for (const line of page.complaints) console.error(line);
} finally {
    await browser.close();
}
