import { openGpgSigner } from "./signing.js";

export { openGpgSigner };
