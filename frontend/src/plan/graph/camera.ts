// Where the picture is looked at from: a point of the world in the upper left corner, and a scale. Pure.

export interface Camera {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

const CLOSEST = 2.5;

/** The whole picture, in the middle. */
export function fitted(world: Size, view: Size): Camera {
  const scale = Math.min(view.width / world.width, view.height / world.height, 1);
  return { scale, x: (world.width - view.width / scale) / 2, y: (world.height - view.height / scale) / 2 };
}

/** Nearer or farther, with the point of the view at (x, y) staying where it is. */
export function zoomed(camera: Camera, factor: number, x: number, y: number, farthest: number): Camera {
  const scale = Math.min(CLOSEST, Math.max(farthest, camera.scale * factor));
  return { scale, x: camera.x + x / camera.scale - x / scale, y: camera.y + y / camera.scale - y / scale };
}

export const moved = (camera: Camera, x: number, y: number): Camera => ({ ...camera, x: camera.x - x / camera.scale, y: camera.y - y / camera.scale });

/** The same scale, with a box of the world in view. */
export function showing(camera: Camera, box: Size & { x: number; y: number }, view: Size): Camera {
  const [width, height] = [view.width / camera.scale, view.height / camera.scale];
  const inside = (at: number, size: number, from: number, span: number) => (at < from ? at - size : at + size > from + span ? at + 2 * size - span : from);
  return { ...camera, x: inside(box.x, box.width, camera.x, width), y: inside(box.y, box.height, camera.y, height) };
}
