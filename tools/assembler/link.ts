/** Links a recipe by itself, and with each of its choices. */
import type { Image } from '../../firmware/engine/image.js';
import { checkRecipe } from '../../firmware/engine/recipe.js';
import type { RecipeFile } from '../../firmware/service/recipe.js';

/** Errors: RangeError with everything that is wrong, by file, line and field: see `checkRecipe`. */
export function linkRecipe(images: readonly Image[], recipe: RecipeFile): void {
  const problems = new Set<string>();
  for (const chosen of [[], ...recipe.choices.map((choice) => [choice])]) {
    try {
      checkRecipe(images, recipe.recipe(chosen));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.add(error.message);
    }
  }
  if (problems.size > 0) throw new RangeError([...problems].join('\n'));
}
