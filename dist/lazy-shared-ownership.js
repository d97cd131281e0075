import { giveBack, giveBackWritten } from "./shared.js";

export { giveBackWritten };
