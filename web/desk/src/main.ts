import { provideGlobalConfig } from "element-plus";
import chinese from "element-plus/es/locale/lang/zh-cn";
import { createApp } from "vue";
import App from "./App.vue";
import { createDesk, deskKey } from "./desk";
import "./style/element.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/page.css";

const desk = createDesk(window);
const app = createApp(App).provide(deskKey, desk);
// Element Plus types this argument as its own property declarations, which no plain value can satisfy.
provideGlobalConfig({ locale: chinese } as unknown as Parameters<typeof provideGlobalConfig>[0], app, true);
app.mount("#app");
void desk.session.restore();
