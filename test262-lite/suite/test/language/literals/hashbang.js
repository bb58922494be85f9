#!/usr/bin/env node this is no code (
/*---
description: A first line for the shell is a comment
flags: [raw]
---*/

if (typeof print !== "function") throw new Error("print");
