import { Later } from "./class-not-hoisted_FIXTURE.js";
export let early;
try {
  new Later();
} catch (error) {
  early = error.name;
}
