/*---
description: JSX becomes calls of the factory
flags: [module]
---*/

export {};
const Fragment = "fragment";
const h = (type: any, props: any, ...children: any[]) => [type, props, children];
const Item = ({ n }: { n: number }) => n;
const list = [1, 2];
const made = <ul id="a" {...{ x: 1 }} data-y='"' flag>
  text &amp; {"code"}
  {list.map((n) => <Item n={n} />)}
  <>{/* nothing */}</>
</ul>;
assert.sameValue(JSON.stringify(made[1]), '{"id":"a","x":1,"data-y":"\\"","flag":true}');
assert.sameValue(made[2][0] + made[2][1], "text & code");
assert.sameValue(made[2][2][1][0], Item);
assert.sameValue(made[2][3][0], "fragment");
const Generic = <T,>(x: T) => x;
assert.sameValue(Generic(1), 1);
