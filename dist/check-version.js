import { runMain } from "./frame.js";
import { action$6 as action } from "./inputs.js";
import { run } from "./action-check-version.js";

// src/actions/check-version/main.ts
await runMain(action, run);

export {  };
