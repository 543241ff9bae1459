import type { RouteRecordRaw } from 'vue-router'

export const insightRoutes: RouteRecordRaw[] = []
