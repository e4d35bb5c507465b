/** Sets zod up: English messages, and no `new Function`, which the security policy forbids. */
import { config } from "zod/mini";
import en from "zod/v4/locales/en.js";

config(en());
config({ jitless: true });
