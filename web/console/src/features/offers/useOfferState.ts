import {
  localised,
  type Schemas,
  take,
  useClient,
  useProblemText,
  useWrite,
  withKey,
} from '@galleria/shared'
import { ElMessage } from 'element-plus'
import { useI18n } from 'vue-i18n'
import { useHere } from '../common/here'
import { useConfirm } from '../common/useConfirm'

type Wanted = 'live' | 'paused' | 'ended'

/** One tap to pause or resume; ending is for good and is asked first. */
export function useOfferState() {
  const { t } = useI18n()
  const client = useClient()
  const confirm = useConfirm()
  const problemText = useProblemText()
  const { mallId } = useHere()

  const moving = useWrite((key, offer_id: string, state: Wanted) =>
    take(
      client.POST('/v1/malls/{mall_id}/offers/{offer_id}/state', {
        params: { path: { mall_id: mallId.value, offer_id } },
        body: { state },
        ...withKey(key),
      }),
    ),
  )

  async function move(
    offer: Pick<Schemas['ManagedOffer'], 'id' | 'title_zh' | 'title_en'>,
    state: Wanted,
  ): Promise<Schemas['ManagedOffer'] | null> {
    if (state === 'ended') {
      const title = t('offers.ask.ended', { title: localised(offer, 'title') })
      if (!(await confirm(title, t('offers.ask.endedDetail'), t('offers.act.ended')))) return null
    }
    const moved = await moving.run(offer.id, state)
    if (moved) ElMessage.success(t(`offers.done.${state}`, { title: localised(offer, 'title') }))
    else if (moving.problem.value) ElMessage.error(problemText(moving.problem.value))
    return moved
  }

  return { busy: moving.busy, move }
}
