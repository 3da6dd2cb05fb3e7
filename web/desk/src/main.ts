import { createApp } from "vue";
import App from "./App.vue";
import { createDesk, deskKey } from "./desk";
import "./style/element.css";
import "./style/tokens.css";
import "./style/base.css";

const desk = createDesk(window);
createApp(App).provide(deskKey, desk).mount("#app");
void desk.session.restore();
