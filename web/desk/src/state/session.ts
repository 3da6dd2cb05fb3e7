import { reactive } from "vue";
import type { Clock } from "../../../shared/client/clock";
import type { DeskAgent } from "../../../shared/protocol";
import type { DeskApi, SignedIn } from "../api/desk_api";
import { DeskError, explain, type Http } from "../api/http";
import { texts } from "../texts";

export type SessionPhase = "loading" | "unreachable" | "signed_out" | "second_step" | "must_change" | "must_set_factor" | "signed_in";

export interface SessionState {
  phase: SessionPhase;
  agent: DeskAgent | null;
  /** Shown above the sign-in form: why the agent is back here. */
  notice: string;
  /** Sign-in is refused until then (milliseconds); null when it is not. */
  delayedUntil: number | null;
}

export const SHORTEST_PASSWORD = 12;

/** Who is signed in, and the ways in and out. */
export class Session {
  readonly state: SessionState = reactive({ phase: "loading", agent: null, notice: "", delayedUntil: null });
  #enteredPassword: string | null = null;

  constructor(
    private readonly http: Http,
    private readonly api: DeskApi,
    private readonly clock: Clock,
  ) {
    http.onSignedOut = () => this.expire();
  }

  /** Takes up the session of the cookie, if there is one. */
  async restore(): Promise<void> {
    this.state.phase = "loading";
    try {
      this.#accept(await this.api.me());
    } catch (error) {
      this.state.phase = error instanceof DeskError && error.status === 401 ? "signed_out" : "unreachable";
    }
  }

  /** Signs in; answers why not, or null. */
  async signIn(username: string, password: string): Promise<string | null> {
    try {
      const answer = await this.api.signIn(username.trim(), password);
      if ("second_factor" in answer) {
        this.#enteredPassword = password;
        Object.assign(this.state, { phase: "second_step", notice: "", delayedUntil: null } satisfies Partial<SessionState>);
        return null;
      }
      this.#enteredPassword = answer.must_change_password ? password : null;
      this.#accept(answer);
      return null;
    } catch (error) {
      if (error instanceof DeskError && error.status === 429) {
        this.state.delayedUntil = this.clock.now() + 1000 * (error.retryAfterSeconds ?? 30);
      }
      return explain(error);
    }
  }

  /** Takes the second step of signing in; throws what the server says against it. */
  async takeSecondStep(kind: "code" | "recovery", value: string): Promise<void> {
    const answer = await this.api.takeSecondStep(kind, value);
    if (!answer.must_change_password) this.#enteredPassword = null;
    this.#accept(answer);
  }

  /** Back to user name and password; the half-open session ends by itself. */
  giveUpSecondStep(): void {
    this.#leave("");
  }

  /** True when the current password was typed a moment ago, so that nobody has to type it again. */
  get knowsPassword(): boolean {
    return this.#enteredPassword !== null;
  }

  /** Changes the password; answers why not, or null. */
  async changePassword(current: string, next: string): Promise<string | null> {
    try {
      await this.api.changePassword(this.#enteredPassword ?? current, next);
    } catch (error) {
      return explain(error);
    }
    this.#enteredPassword = null;
    try {
      this.#accept(await this.api.me());
    } catch {
      // Some servers end every session with the old password.
      this.#leave(texts.signIn.passwordChanged);
    }
    return null;
  }

  async signOut(): Promise<void> {
    try {
      await this.api.signOut();
    } catch {
      // The page forgets the session either way; the server's copy expires by itself.
    }
    this.#leave("");
  }

  /** The server no longer knows this session. */
  expire(): void {
    if (this.state.phase !== "loading" && this.state.phase !== "unreachable" && this.state.phase !== "signed_out") this.#leave(texts.signIn.expired);
  }

  async setAvailable(available: boolean): Promise<string | null> {
    try {
      const answer = await this.api.setAvailable(available);
      if (this.state.agent !== null) this.state.agent.available = answer.available;
      return null;
    } catch (error) {
      return explain(error);
    }
  }

  /** News about the signed-in agent from the socket. */
  update(agent: DeskAgent): void {
    if (this.state.agent !== null) this.state.agent = agent;
  }

  #accept(answer: SignedIn): void {
    this.http.csrf = answer.csrf;
    Object.assign(this.state, {
      agent: answer.agent,
      notice: "",
      delayedUntil: null,
      phase: phaseOf(answer),
    } satisfies SessionState);
  }

  #leave(notice: string): void {
    this.http.csrf = null;
    this.#enteredPassword = null;
    Object.assign(this.state, { agent: null, notice, delayedUntil: null, phase: "signed_out" } satisfies SessionState);
  }
}

function phaseOf(answer: SignedIn): SessionPhase {
  if (answer.must_change_password) return "must_change";
  return answer.must_set_second_factor ? "must_set_factor" : "signed_in";
}

/** What is wrong with a new password, or null. */
export function findPasswordProblem(next: string, again: string): "short" | "different" | null {
  if (Array.from(next).length < SHORTEST_PASSWORD) return "short";
  return next === again ? null : "different";
}
