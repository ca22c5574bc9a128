/// <reference types="vite/client" />
// What these add to Fastify's types the routes use, from which the pages' types come.
import "@fastify/cookie";
import "@fastify/rate-limit";
