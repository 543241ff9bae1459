import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { i18nFlags, proxy } from '../vite.shared.ts'

export default defineConfig({
  base: '/console/',
  plugins: [vue()],
  define: i18nFlags,
  build: { target: 'es2022' },
  server: { port: 5174, proxy },
  preview: { port: 4174, proxy },
})
