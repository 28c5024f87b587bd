// What a task is doing.
namespace MinusOne.Guests.Kernel.Tasks;

internal enum TaskState : byte
{
    Free,
    Ready,
    Running,
    Waiting,
    Ended,
}
