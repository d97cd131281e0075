import { runMain } from "./frame.js";
import { action } from "./inputs.js";
import { run } from "./action-clean-up.js";

// src/actions/clean-up/main.ts
await runMain(action, run);

export {  };
