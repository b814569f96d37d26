// A headless Chromium that is told what to do over its DevTools protocol, through a pipe: no port, no package.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function openBrowser(program) {
    const profile = mkdtempSync(join(tmpdir(), "bfr-browser-"));
    const child = spawn(program, [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe", `--user-data-dir=${profile}`,
    ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    const [, , , input, output] = child.stdio;
    const waiting = new Map();
    const listeners = [];
    let last = 0, rest = "";
    output.setEncoding("utf8");
    output.on("data", (text) => {
        const messages = (rest + text).split("\0");
        rest = messages.pop();
        for (const message of messages.map((each) => JSON.parse(each))) {
            const { resolve, reject } = waiting.get(message.id) ?? {};
            waiting.delete(message.id);
            if (message.error) reject?.(new Error(message.error.message));
            else if (resolve) resolve(message.result);
            else for (const listen of listeners) listen(message);
        }
    });
    child.on("exit", () => { for (const { reject } of waiting.values()) reject(new Error("the browser ended")); });
    const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        input.write(JSON.stringify({ id: last, method, params, sessionId }) + "\0");
    });
    return {
        newPage: async () => {
            const { targetId } = await send("Target.createTarget", { url: "about:blank" });
            const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
            return openPage((method, params) => send(method, params, sessionId),
                (listen) => listeners.push((message) => { if (message.sessionId === sessionId) listen(message); }));
        },
        close: async () => {
            const gone = new Promise((resolve) => child.once("exit", resolve));
            await send("Browser.close").catch(() => {});
            await gone;
            rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
        },
    };
}

async function openPage(send, listen) {
    const complaints = [], requests = [];
    let loaded = () => {};
    listen(({ method, params }) => {
        if (method === "Runtime.exceptionThrown") complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
        if (method === "Runtime.consoleAPICalled") complaints.push(params.args.map(({ value }) => value).join(" "));
        if (method === "Log.entryAdded") complaints.push(params.entry.text);
        if (method === "Network.requestWillBeSent") requests.push(params.request.url);
        if (method === "Page.loadEventFired") loaded();
    });
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
    const evaluate = async (expression) => {
        const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
    };
    // Two frames: what was asked to be drawn in the next one is there.
    const settle = () => evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
    return {
        complaints, // errors, warnings and whatever else the console has
        requests,
        evaluate,
        settle,
        open: async (url) => {
            const done = new Promise((resolve) => { loaded = resolve; });
            await send("Page.navigate", { url });
            await done;
            await settle();
        },
        look: async ({ width, height = 900, dark = false }) => {
            await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
            await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
            await settle();
        },
        press: async (key, modifiers = 0) => {
            const code = { ArrowLeft: 37, ArrowRight: 39, ArrowUp: 38, ArrowDown: 40, Home: 36, End: 35, Escape: 27, Tab: 9, " ": 32 }[key];
            const press = { key, code: key === " " ? "Space" : key, windowsVirtualKeyCode: code, modifiers };
            await send("Input.dispatchKeyEvent", { type: "keyDown", ...press, ...(key === " " ? { text: " " } : {}) });
            await send("Input.dispatchKeyEvent", { type: "keyUp", ...press });
            await settle();
        },
        pointAt: async (x, y) => {
            await send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
            await settle();
        },
        // What the window shows.
        screenshot: async () => {
            const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: false });
            return Buffer.from(data, "base64");
        },
        printed: async () => {
            const { data } = await send("Page.printToPDF", { preferCSSPageSize: true, printBackground: true });
            return Buffer.from(data, "base64");
        },
    };
}
