import type { paths, Schemas } from '@galleria/shared'

export type Profile = Schemas['Profile']
export type Grant = Schemas['Named']
export type Permission = Schemas['Permission']
export type Role = Schemas['Role']
export type Mall = Schemas['Mall']
export type Merchant = Schemas['Merchant']
export type Category = Schemas['Category']
export type Shop = Schemas['Shop']
export type MallEvent = Schemas['MallEvent']
export type Today = Schemas['Today']
export type Days = Schemas['Days']
export type FigureToday = Schemas['FigureToday']
export type DayFigures = Schemas['DayFigures']
export type TopShop = Schemas['TopShop']
export type TopGood = Schemas['TopGood']
export type FigureName = Schemas['Figure']
export type FigureRow = Schemas['FigureRow']
export type AuditRow = Schemas['AuditRow']
export type AuditDetail = Schemas['AuditDetail']
export type FloorPlan = Schemas['FloorPlan']
export type ImportReport = Schemas['ImportReport']
export type Difference = Schemas['Difference']

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer T } } } }
}
  ? T
  : never

export type Transfer = Answer<'/v1/malls/{mall_id}/transfers/{transfer_id}'>
