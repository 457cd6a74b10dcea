// Deciding on a request to set proceeds off against the fine: by somebody else than who asked.
import { api, got } from '../../api/client'
import type { components } from '../../api/schema'
import { str, type Act } from '../../lists/kinds'
import type { useSession } from '../../session'

export type Offset = components['schemas']['Offset']

export function decisions(one: Offset, session: ReturnType<typeof useSession>, text: string): Act[] {
  if (one.state !== 'requested' || !session.may.has('money.approve') || one.requested_by === session.me?.id) return []
  const decide = (approve: boolean): Act => ({
    name: approve ? 'approve-offset' : 'refuse-offset', label: approve ? 'money.approve' : 'money.refuse', strong: approve, text: approve ? text : undefined,
    asks: [{ name: 'note', label: 'money.note', kind: 'longtext', must: !approve }],
    run: (g) => got(api.POST('/api/staff/offsets/{offset_id}/decision', { params: { path: { offset_id: one.id } }, body: { approve, note: str(g.note) } })),
  })
  return [decide(true), decide(false)]
}
