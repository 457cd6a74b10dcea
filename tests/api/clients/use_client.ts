// Logs in, lists, completes – with types made from the published contract. argv: base address, login, password, answers as JSON.
import createClient from 'openapi-fetch'
import type { paths } from './schema.d.ts'

const [base, login, password, answers] = process.argv.slice(2) as [string, string, string, string]
const sent: Record<string, string> = {}
const client = createClient<paths>({ baseUrl: base })
client.use({
  onRequest: ({ request }) => {
    for (const [name, value] of Object.entries(sent)) request.headers.set(name, value)
  },
  onResponse: ({ response }) => {
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0])
    if (set.length > 0) sent['Cookie'] = set.join('; ')
  },
})

function got<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error))
  return answer.data
}

const session = got(await client.POST('/api/staff/session', { body: { login, password } }))
sent['X-CSRF-Token'] = session.csrf
const tasks = got(await client.GET('/api/staff/tasks', { params: { query: { box: 'unit' } } }))
const task = tasks.items[0]!
const path = { task_id: task.id }
got(await client.POST('/api/staff/tasks/{task_id}/claim', { params: { path } }))
const done = got(
  await client.POST('/api/staff/tasks/{task_id}/complete', {
    params: { path, header: { 'Idempotency-Key': `typescript-${task.id}` } },
    body: { answers: JSON.parse(answers) as Record<string, unknown> },
  }),
)
console.log(JSON.stringify({ login: session.login, element: task.element, opened: done.tasks.map((t) => t.element) }))
