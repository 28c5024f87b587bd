// The task that runs next, against a list for each priority.

using System;
using System.Collections.Generic;
using MinusOne.Guests.Kernel.Tasks;
using Xunit;

namespace MinusOne.Tests.Unit.Kernel;

public sealed class RunQueueTests
{
    [Fact]
    public void HighestFirstThenInOrder()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            RunQueue queue = default;
            var lists = new Queue<int>[RunQueue.Priorities];
            for (int i = 0; i < lists.Length; i++)
            {
                lists[i] = new Queue<int>();
            }

            var idle = new Queue<int>();
            for (int i = 0; i < RunQueue.Capacity; i++)
            {
                idle.Enqueue(i);
            }

            for (int i = 0; i < 1000; i++)
            {
                if (idle.Count > 0 && random.Next(2) == 0)
                {
                    int priority = random.Next(RunQueue.Priorities);
                    lists[priority].Enqueue(idle.Peek());
                    queue.Add(idle.Dequeue(), priority);
                    continue;
                }

                int highest = Array.FindLastIndex(lists, list => list.Count > 0);
                Assert.True(queue.Highest == highest && queue.IsEmpty == (highest < 0), $"seed {seed}");
                int expected = highest < 0 ? -1 : lists[highest].Dequeue();
                Assert.True(expected == queue.Take(), $"seed {seed}");
                if (expected >= 0)
                {
                    idle.Enqueue(expected);
                }
            }
        }
    }
}
