import { runMain } from "./frame.js";
import { action$1 as action } from "./inputs.js";
import { run } from "./action-doctor.js";

// src/actions/doctor/main.ts
await runMain(action, run);

export {  };
