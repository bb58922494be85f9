// What `cargo xtask bench` makes rooms of that have real dependencies: each room has its clients, its
// tables and its schemas, as servers of this kind do.
import type * as Party from "partykit/server";
import { createClient } from "@supabase/supabase-js";
import { eq } from "drizzle-orm";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import OpenAI from "openai";
import { z } from "zod";

const Answer = z.object({ room: z.string().min(1), hits: z.number().int() });
const answers = pgTable("answers", { room: text("room").primaryKey(), hits: integer("hits") });

export default class Bench implements Party.Server {
  hits = 0;
  // Nothing listens there.
  database = createClient("http://127.0.0.1:9", "key", { auth: { persistSession: false, autoRefreshToken: false } });
  model = new OpenAI({ apiKey: "key", baseURL: "http://127.0.0.1:9" });

  constructor(readonly room: Party.Room) {}

  onRequest() {
    this.hits += 1;
    const answer = Answer.parse({ room: this.room.id, hits: this.hits });
    const has = [eq(answers.room, answer.room), this.database.from("answers"), this.model.chat.completions];
    return Response.json({ ...answer, has: has.length });
  }
}
