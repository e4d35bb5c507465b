/** The fake API, between the code under test and the network. */
import { setupServer } from "msw/node";
import { handlers } from "./fake/handlers";

export const server = setupServer(...handlers);
