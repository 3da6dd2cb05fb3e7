import { createApp } from "vue";
import "../../shared/tokens.css";
import "./css/page.css";
import "./css/sections.css";
import App from "./App.vue";

createApp(App).mount("#app");
