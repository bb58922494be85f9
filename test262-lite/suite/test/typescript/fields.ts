/*---
description: A field with a type only is defined, one that is declared is not
---*/

class Fields {
  typed: string;
  optional?: number;
  definite!: boolean;
  declare ambient: string;
  readonly constant = 1;
  static readonly shared: number = 2;
  [index: string]: unknown;
}
assert.sameValue(Object.keys(new Fields()).join(), "typed,optional,definite,constant");
