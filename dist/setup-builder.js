import { runMain } from "./frame.js";
import { action$2 as action } from "./inputs.js";
import { run } from "./action-setup-builder.js";

// src/actions/setup-builder/main.ts
await runMain(action, run);

export {  };
